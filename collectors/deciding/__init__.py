"""Pure: entries and what a feed has shown before ─► what is new, when to look again, how the feed is."""
