"""In a process that can be killed: a body ─► feedparser or JSON Feed ─► entries as raw text."""
