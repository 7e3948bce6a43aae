"""Puts a review under a pull or merge request, or brings the one that is there up to date.

    python .ci/comment.py review.md

The review's first line is a hidden marker that names project and stack; by it the comment of an earlier run is found.
Standard library only. GitHub Actions: GITHUB_TOKEN (pull-requests: write) and PULL_REQUEST. GitLab CI: COMMENT_TOKEN, a
project access token with the scope `api`.
https://docs.github.com/en/rest/issues/comments, https://docs.gitlab.com/api/notes/#merge-requests
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

PAGE = 100


def main() -> None:
    """Create or update the comment; ends with a message and exit code 1 when the API refuses."""
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    marker = text.partition("\n")[0]
    if os.environ.get("GITHUB_REPOSITORY"):
        api, repository = os.environ["GITHUB_API_URL"], os.environ["GITHUB_REPOSITORY"]
        listed = f"{api}/repos/{repository}/issues/{os.environ['PULL_REQUEST']}/comments"
        one, change = f"{api}/repos/{repository}/issues/comments", "PATCH"
        headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"}
    else:
        api, project = os.environ["CI_API_V4_URL"], os.environ["CI_PROJECT_ID"]
        listed = one = f"{api}/projects/{project}/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
        change = "PUT"
        headers = {"PRIVATE-TOKEN": os.environ["COMMENT_TOKEN"]}
    ours = find(listed, marker, headers)
    if ours is None:
        ask("POST", listed, headers, {"body": text})
        print("comment made")
    else:
        ask(change, f"{one}/{ours}", headers, {"body": text})
        print("comment brought up to date")


def find(listed, marker, headers):
    """The id of the first comment that begins with the marker, over all pages."""
    page = 1
    while True:
        found = ask("GET", f"{listed}?per_page={PAGE}&page={page}", headers)
        for comment in found:
            if (comment["body"] or "").startswith(marker):
                return comment["id"]
        if len(found) < PAGE:
            return None
        page += 1


def ask(method, url, headers, body=None):
    """One call; its answer as data."""
    data = None if body is None else json.dumps(body).encode()
    headers = {**headers, "Content-Type": "application/json", "User-Agent": "instance-role-review"}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"comment: {method} {url.partition('?')[0]}: HTTP {error.code} {error.reason}")


if __name__ == "__main__":
    main()
