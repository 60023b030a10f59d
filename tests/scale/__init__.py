"""What findings cost where there is much of everything: many devices, one that everybody uses,
events that come late, all cities of the world.
"""
