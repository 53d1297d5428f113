from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "socle.operations"
    verbose_name = "exploitation"

    def ready(self) -> None:
        from socle.operations import wakeups  # It reads the table of the tasks.

        wakeups.connect()
