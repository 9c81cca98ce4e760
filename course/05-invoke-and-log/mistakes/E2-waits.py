# hint: Does this line wait for the answer?
line = (
    'aws lambda invoke '
    '--function-name price-checker '
    '--cli-binary-format raw-in-base64-out '
    '--payload \'{"symbol": "TRDW"}\' response.json '
)
labkit.answer("E2", line)
