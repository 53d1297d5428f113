"""Batch gestures, in the order in which a list offers them: each room declares its own."""

GESTURES: tuple[str, ...] = (
    "socle.provisioning.gestures.Equip",
    "socle.agreements.gestures.DraftAgreement",
    "socle.agreements.gestures.AskSignatory",
    "socle.agreements.gestures.AttachAct",
    "socle.agreements.gestures.SendToSignature",
    "socle.agreements.gestures.RemindSignatory",
    "socle.agreements.gestures.SignAgreement",
    "socle.agreements.gestures.SendLetter",
    "socle.agreements.late_acts.RemindOfActs",
    "socle.provisioning.gestures.Reconcile",
    "socle.provisioning.gestures.Suspend",
    "socle.provisioning.gestures.Resume",
    "socle.joining.gestures.TakeInCharge",
    "socle.joining.gestures.Qualify",
)
