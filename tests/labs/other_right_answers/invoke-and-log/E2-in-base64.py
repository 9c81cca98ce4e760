line = (
    "aws lambda invoke --function-name price-checker --invocation-type Event "
    "--payload eyJzeW1ib2wiOiAiVFJEVyJ9 response.json"
)
labkit.answer("E2", line)
