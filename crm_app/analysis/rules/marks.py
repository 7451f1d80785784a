"""What each key figure and each mark says, and which customers stand behind it."""
