"""What a run says, for people: tables of it, figures of those, one HTML page of both."""
