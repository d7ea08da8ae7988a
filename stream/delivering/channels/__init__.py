"""The ways out to people, one file each: webhook, mail, chats and telephones by Apprise."""
