"""What the handover puts on paper: the runbook and the protocol."""
