"""Who is who: records to people, people to pseudonyms, and how good the links are."""
