line = (
    r'aws lambda invoke response.json --payload "{\"symbol\": \"TRDW\"}" '
    "--function-name price-checker --invocation-type Event --cli-binary-format raw-in-base64-out --no-cli-pager"
)
labkit.answer("E2", line)
