"""What analysts take with them: items, judgements, alerts and labels as files of rows."""
