"""An `aws` for machines without one: the command lines of the AWS CLI, version 2, to an offline cloud only.

The AWS CLI cannot come along: version 2 is no Python package, and version 1 takes 151 MB and reads payloads
in another way. This one is a thin layer over botocore, which has every operation of every service: options
come from the service's own description, values are read by version 2's rules (binary ones are base64),
`--query` is JMESPath. If version 2 is installed, that is called instead.

Source: AWS CLI user guide for version 2; nothing of its code is here.
"""
