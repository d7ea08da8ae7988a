"""What people do with feeds, whether by the command line or on the page: look first, say what is wished, OPML."""
