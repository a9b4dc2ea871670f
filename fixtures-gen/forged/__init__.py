"""Files that no torch release wrote: zip and pickle bytes put together field by field, one oddity or fault each."""
