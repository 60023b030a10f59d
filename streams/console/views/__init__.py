"""What pages show, worked out of events: words, masks, timeline, map, graph. Pure."""
