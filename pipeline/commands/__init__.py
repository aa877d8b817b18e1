"""The same verbs for terminals, cron and scripts. The stable interface is described in docs/befehle.md."""
