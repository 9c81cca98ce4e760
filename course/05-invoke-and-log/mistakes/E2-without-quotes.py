# hint: Count the words that the shell makes of your payload.
line = (
    'aws lambda invoke '
    '--function-name price-checker '
    '--invocation-type Event '
    '--cli-binary-format raw-in-base64-out '
    '--payload {"symbol": "TRDW"} response.json '
)
labkit.answer("E2", line)
