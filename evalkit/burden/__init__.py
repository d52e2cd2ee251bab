"""What a way of drafting notes would mean for a practice: hours, risk and dollars a month."""
