"""Puts a review under a pull or merge request, or brings the one that is there up to date.

    python .ci/comment.py review.md

The review's first line is a hidden marker that names project and stack; by it, and by its author, the comment of an
earlier run is found: anybody can write a comment with our marker, and could change it after the run.
Standard library only. GitHub Actions: GITHUB_TOKEN (pull-requests: write) and PULL_REQUEST, its number. GitLab CI:
COMMENT_TOKEN, a project access token with the scope `api`.
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
        base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
        listed, one = f"{base}/{os.environ['PULL_REQUEST']}/comments", f"{base}/comments"
        change = "PATCH"
        headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "Accept": "application/vnd.github+json"}
        author, name, me = "user", "login", "github-actions[bot]"  # whose GITHUB_TOKEN is
    else:
        base = f"{os.environ['CI_API_V4_URL']}/projects/{os.environ['CI_PROJECT_ID']}/merge_requests"
        listed = one = f"{base}/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
        change = "PUT"
        headers = {"PRIVATE-TOKEN": os.environ["COMMENT_TOKEN"]}
        author, name, me = "author", "username", ask("GET", f"{os.environ['CI_API_V4_URL']}/user", headers)["username"]
    ours = find(listed, headers, lambda it: (it["body"] or "").startswith(marker) and it[author][name] == me)
    if ours is None:
        ask("POST", listed, headers, {"body": text})
        print("comment made")
    else:
        ask(change, f"{one}/{ours}", headers, {"body": text})
        print("comment brought up to date")


def find(listed, headers, ours):
    """The id of the first comment that is ours, over all pages."""
    page = 1
    while True:
        found = ask("GET", f"{listed}?per_page={PAGE}&page={page}", headers)
        for comment in found:
            if ours(comment):
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
    except urllib.error.URLError as error:
        sys.exit(f"comment: {method} {url.partition('?')[0]}: {error.reason}")


if __name__ == "__main__":
    main()
