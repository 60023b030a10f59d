"""The cost of findings at scale: many devices, one shared by all, late events, all cities."""
