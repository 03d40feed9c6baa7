"""Microsoft Graph's mail, over the same store as EWS: reading only.

app        HTTP: who asks, limits, the call log
router     which path is which question
query      a question's options and preferences
filters    $filter
ids        ordinary and immutable ids
folders, messages, attachments    what they look like as JSON
listing, delta                    pages of messages
batch      $batch
"""
