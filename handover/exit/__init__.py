"""The consultant's exit: a checklist verified by actions, declared by one side and confirmed by the other."""
