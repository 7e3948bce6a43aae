#!/usr/bin/env bash
# Trades the job's identity token for temporary keys of the role SIGN_IN_ROLE, so that no AccessKey is kept anywhere.
#
#   GitHub Actions: bash .ci/sign-in.sh     the keys are there in the steps that follow
#   GitLab CI:      . .ci/sign-in.sh        the keys are there in the job's shell; the job declares OIDC_TOKEN
#
# Alibaba Cloud: SIGN_IN_ROLE=acs:ram::<account>:role/<role>  SIGN_IN_PROVIDER=acs:ram::<account>:oidc-provider/<name>
# Tencent Cloud: SIGN_IN_ROLE=qcs::cam::uin/<account>:roleName/<role>  SIGN_IN_PROVIDER=<name>  TENCENTCLOUD_REGION
# SIGN_IN_ENDPOINT, where STS is reached under another name: sts-vpc.cn-hangzhou.aliyuncs.com, a gateway, ...
#
# The role goes by a name of our own: where ALIBABA_CLOUD_ROLE_ARN is set, plugins assume it once more on top.
# Besides the cloud's own variables the keys get the names that Pulumi's S3-compatible backend reads (OSS, COS).

sign_in() {
  local token_file keys
  token_file=$(mktemp) || return
  if [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then # GitHub Actions
    curl -sSf --retry 3 -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
      "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${SIGN_IN_AUDIENCE:-sts.aliyuncs.com}" |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["value"], end="")' > "$token_file"
    [ ! -s "$token_file" ] || printf '::add-mask::%s\n' "$(cat "$token_file")"
  else # GitLab CI
    printf %s "${OIDC_TOKEN:-}" > "$token_file"
  fi
  if [ ! -s "$token_file" ]; then
    echo "sign-in: the job has no identity token (GitHub: id-token: write; GitLab: id_tokens: OIDC_TOKEN)" >&2
    rm -f "$token_file"
    return 1
  fi
  keys=$(
    SIGN_IN_TOKEN_FILE=$token_file python3 - << 'PYTHON'
import logging
import os
import sys
from pathlib import Path

logging.disable(logging.CRITICAL)  # the SDK logs the address that it could not reach, and with it the token
role, provider = os.environ.get("SIGN_IN_ROLE", ""), os.environ.get("SIGN_IN_PROVIDER", "")
region, token_file = os.environ.get("TENCENTCLOUD_REGION", ""), os.environ["SIGN_IN_TOKEN_FILE"]
token = Path(token_file).read_text(encoding="utf-8")
endpoint = os.environ.get("SIGN_IN_ENDPOINT") or None
session = f"pipeline-{os.environ.get('GITHUB_RUN_ID') or os.environ.get('CI_PIPELINE_ID') or 'run'}"  # in the audit log
if not provider or not role.startswith(("acs:", "qcs:")):
    sys.exit("sign-in: set SIGN_IN_PROVIDER, and SIGN_IN_ROLE to a role (acs:... or qcs:...)")
if role.startswith("qcs:") and not region:
    sys.exit("sign-in: set TENCENTCLOUD_REGION")
try:
    if role.startswith("acs:"):
        from alibabacloud_credentials.provider import OIDCRoleArnCredentialsProvider

        found = OIDCRoleArnCredentialsProvider(
            role_arn=role,
            oidc_provider_arn=provider,
            oidc_token_file_path=token_file,
            role_session_name=session,
            sts_endpoint=endpoint,
        ).get_credentials()
        parts = found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token()
        names = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"
    else:
        from tencentcloud.common.credential import OIDCRoleArnCredential

        parts = OIDCRoleArnCredential(region, provider, token, role, session, 3600, endpoint).get_credential_info()
        names = "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_SECURITY_TOKEN"
except Exception as error:  # of three libraries; without its traceback, which may show the token
    said = " ".join(str(error).replace(token, "***").split())[:500]
    sys.exit(f"sign-in: no keys for {role} (does it trust this job's issuer, audience and subject?): {said}")
for each in (names, ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")):
    for name, value in zip(each, parts):
        print(f"{name}={value}")
PYTHON
  ) || { rm -f "$token_file"; return 1; }
  rm -f "$token_file"
  if [ -n "${GITHUB_ENV:-}" ]; then
    printf '%s\n' "$keys" | cut -d= -f2- | sort -u | sed 's/^/::add-mask::/' # in no log from here on
    printf '%s\n' "$keys" >> "$GITHUB_ENV"
  else
    while IFS= read -r pair; do export "${pair?}"; done <<< "$keys"
    unset pair OIDC_TOKEN
  fi
  echo "signed in as $SIGN_IN_ROLE"
}

sign_in || exit 1
