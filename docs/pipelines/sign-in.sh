#!/usr/bin/env bash
# Trades the job's identity token for temporary keys of ALIBABA_CLOUD_ROLE_ARN: no AccessKey is kept anywhere.
# The keys go to the steps that follow: the clouds' SDKs and plugins read the first three, and Pulumi's S3-compatible
# state backend (OSS) reads the last three. On GitLab: `. .ci/sign-in.sh`, so that they stay in the job's shell.

token_file=$(mktemp)
if [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then # GitHub Actions
  curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.aliyuncs.com" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["value"], end="")' > "$token_file"
elif [ -n "${OIDC_TOKEN:-}" ]; then # GitLab CI
  printf %s "$OIDC_TOKEN" > "$token_file"
fi
export ALIBABA_CLOUD_OIDC_TOKEN_FILE="$token_file"

keys=$(
  python3 - << 'PYTHON'
from alibabacloud_credentials.client import Client

found = Client().get_credential()
parts = (found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or "")
clouds = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
state = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
for names in (clouds, state):
    for name, value in zip(names, parts):
        if value:
            print(f"{name}={value}")
PYTHON
) || { echo "sign-in: no temporary keys; does the role trust this project's tokens?" >&2; exit 1; }
rm -f "$token_file"

if [ -n "${GITHUB_ENV:-}" ]; then
  printf '%s\n' "$keys" | cut -d= -f2- | sort -u | sed 's/^/::add-mask::/' # never in a log
  printf '%s\n' "$keys" >> "$GITHUB_ENV"
else
  while IFS= read -r pair; do export "${pair?}"; done <<< "$keys"
fi
