"""What every vendor reads with: drafts, lenient readers, values, countries, declared fields."""
