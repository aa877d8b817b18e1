"""The second sample client, half way through its handover."""
