# hint: What does version 2 of the CLI do with the value of `--payload`?
line = (
    'aws lambda invoke '
    '--function-name price-checker '
    '--invocation-type Event '
    '--payload \'{"symbol": "TRDW"}\' response.json '
)
labkit.answer("E2", line)
