"""The domain names that public bodies own: who has which, and the proof of it. Sites and mail ask here first."""
