"""Pictures of posts through our own origin: fetched under guard, made anew, kept."""
