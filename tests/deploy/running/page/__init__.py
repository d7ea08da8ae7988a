"""What the page is given."""
