#!/usr/bin/env bash
# Checks docker-compose.yml as far as that goes without a container engine: it is valid for every profile, each
# profile's services wait for each other as they should, and the server profiles refuse to start without passwords
# (the very commands of the file are run here by this machine's shell).
# Takes docker-compose or `docker compose`; as root on Debian it installs docker-compose if neither is there.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "check-compose: $*" >&2; exit 1; }

if command -v docker-compose >/dev/null; then compose=(docker-compose)
elif docker compose version >/dev/null 2>&1; then compose=(docker compose)
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "check-compose: installing Debian's docker-compose" >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker-compose; } >/dev/null 2>&1 </dev/null ||
    fail "apt-get install docker-compose failed"
  compose=(docker-compose)
else fail "needs docker-compose"; fi
python=python3
"$python" -c 'import yaml' 2>/dev/null || python=/usr/bin/python3 # Debian's docker-compose brings yaml for Debian's own Python
"$python" -c 'import yaml' 2>/dev/null || fail "needs Python with yaml (Debian: python3-yaml)"

config() { # profile, then NAME=value of the environment
  local profile=$1
  shift
  env -u DB_ADMIN_PASSWORD -u DB_OWNER_PASSWORD -u DB_USER_PASSWORD "$@" "${compose[@]}" --env-file "$work/empty" --profile "$profile" config
}

touch "$work/empty"
passwords=(DB_ADMIN_PASSWORD=admin-secret DB_OWNER_PASSWORD=owner-secret DB_USER_PASSWORD=user-secret)
for profile in demo sqlite postgres mariadb mysql; do
  config "$profile" "${passwords[@]}" >"$work/$profile.yml" 2>"$work/err" || { cat "$work/err" >&2; fail "profile $profile is not valid"; }
  config "$profile" >"$work/$profile.bare.yml" 2>"$work/err" || { cat "$work/err" >&2; fail "profile $profile is not valid without passwords"; }
done

"$python" - "$work" <<'PYTHON'
import os, subprocess, sys, yaml

work = sys.argv[1]
def check(ok, what):
    if not ok:
        sys.exit(f"check-compose: {what}")

def services(profile, bare=False):
    with open(f"{work}/{profile}{'.bare' if bare else ''}.yml") as f:
        all_services = yaml.safe_load(f)["services"]
    return {n: s for n, s in all_services.items() if profile in s["profiles"]}

def condition(service, on):
    return service.get("depends_on", {}).get(on, {}).get("condition")

def unescaped(command):
    return [part.replace("$$", "$") for part in command]

for profile in ("demo", "sqlite"):
    found = services(profile)
    check(set(found) == {f"dmt-{profile}"}, f"{profile}: services {sorted(found)}")
    check("secret" not in open(f"{work}/{profile}.bare.yml").read(), f"{profile}: a secret that nobody set")

for profile in ("postgres", "mariadb", "mysql"):
    found, bare = services(profile), services(profile, bare=True)
    check(set(found) == {"passwords", profile, f"migrate-{profile}", f"dmt-{profile}"}, f"{profile}: services {sorted(found)}")
    server, migrate, dmt = found[profile], found[f"migrate-{profile}"], found[f"dmt-{profile}"]
    check(condition(server, "passwords") == "service_completed_successfully", f"{profile} does not wait for passwords")
    check(condition(migrate, profile) == "service_healthy", f"migrate-{profile} does not wait for {profile}")
    check(condition(dmt, f"migrate-{profile}") == "service_completed_successfully", f"dmt-{profile} does not wait for its migration")
    check("dmt_owner:owner-secret@" in migrate["environment"]["DATABASE_URL"], f"migrate-{profile} is not the owner")
    check("dmt_user:user-secret@" in dmt["environment"]["DATABASE_URL"], f"dmt-{profile} is not the user")
    check(dmt["environment"]["DMT_MIGRATE"] == "off", f"dmt-{profile} may migrate")
    check("admin-secret" not in str(dmt) + str(migrate) and "owner-secret" not in str(dmt), f"dmt-{profile} is told more passwords than it needs")
    check("healthcheck" in server and "test" in server["healthcheck"], f"{profile} has no health check")
    if profile == "mysql":
        check(all("ssl-mode=REQUIRED" in s["environment"]["DATABASE_URL"] for s in (migrate, dmt)), "mysql without TLS")

    # The commands themselves: refused without each of the three passwords, content with all of them.
    guard = unescaped(found["passwords"]["entrypoint"])
    def passes(environment):
        return subprocess.run(guard, env={"PATH": os.environ["PATH"], **environment}, capture_output=True)
    check(all(v == "" for v in bare["passwords"]["environment"].values()), f"{profile}: a default password")
    check(passes(found["passwords"]["environment"]).returncode == 0, f"{profile}: refused although all passwords are set")
    for name in ("DB_ADMIN_PASSWORD", "DB_OWNER_PASSWORD", "DB_USER_PASSWORD"):
        for missing in ({}, {name: ""}):
            result = passes({k: v for k, v in found["passwords"]["environment"].items() if k != name} | missing)
            check(result.returncode != 0 and name in result.stderr.decode(), f"{profile}: starts without {name}")

for profile in ("demo", "sqlite", "postgres", "mariadb", "mysql"):
    dmt = services(profile)[f"dmt-{profile}"]
    check(all(str(p).startswith("127.0.0.1:") or (isinstance(p, dict) and p.get("host_ip") == "127.0.0.1") for p in dmt["ports"]), f"{profile}: published beyond this machine")
    check(dmt["healthcheck"]["test"] == ["CMD", "dmt", "health"], f"{profile}: health check")
    check(dmt["restart"] == "unless-stopped", f"{profile}: restart policy")
    for service in services(profile).values():
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            if source.startswith("/"):
                check(os.path.isfile(source), f"{profile}: {source} is mounted but is not there")
print("docker-compose.yml: 5 profiles valid; 3 of them refuse to start without each of their 3 passwords")
PYTHON
