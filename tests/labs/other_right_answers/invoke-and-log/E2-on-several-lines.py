line = r"""
aws lambda invoke \
    --invocation-type=Event \
    --cli-binary-format=raw-in-base64-out \
    --function-name=price-checker \
    --payload='{"symbol":"TRDW"}' \
    response.json
"""
labkit.answer("E2", line)
