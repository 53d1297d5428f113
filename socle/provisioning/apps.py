from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    name = "socle.provisioning"
    verbose_name = "mise en service"
