#!/bin/sh
# Makes the files of this folder with the program of the release they are named after: make.sh PROGRAM COMMANDS.jsonl
# PROGRAM is `caseward` of that release, COMMANDS a history with every type of command (tests/stored/commands.jsonl).
set -eu
program=$(realpath "$1") commands=$(realpath "$2") here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export CASEWARD_LOG=off NO_COLOR=1 CASEWARD_DATA=data CASEWARD_HEADS_DIR=heads
mkdir heads
# Two organizations, every type of event, reasons, an erased user, a case under restriction.
grep -v replace_key "$commands" | "$program" import -
"$program" apply - <<END
{"id": "h-1", "actor": "user:abel", "reason": "told on the phone by ernst", "command": {"open_case": {"case": "p-3", "definition": "permit", "creator": "abel"}}}
{"id": "h-2", "actor": "user:abel", "reason": "helps out", "command": {"grant": {"on": "case:p-3", "to": "user:ernst", "access": "write"}}}
{"id": "h-3", "actor": "user:abel", "reason": "a complaint about gero", "command": {"grant": {"on": "case:p-3", "to": "user:gero", "access": "read"}}}
{"id": "h-4", "actor": "user:abel", "command": {"erase": {"subject": "user:gero"}}}
END
"$program" org create harbour-2
"$program" --org harbour-2 apply - <<END
{"id": "h-1", "actor": "system:setup", "command": {"appoint_org_admin": {"user": "kai"}}}
{"id": "h-2", "actor": "user:kai", "command": {"create_definition": {"definition": "berth", "access_control": true}}}
{"id": "h-3", "actor": "user:kai", "reason": "first ship", "command": {"open_case": {"case": "b-1", "definition": "berth", "creator": "kai"}}}
{"id": "h-4", "actor": "user:kai", "command": {"grant": {"on": "case:b-1", "to": "user:lea", "access": "read"}}}
END
"$program" tree-head --out heads
"$program" --org harbour-2 tree-head --out heads
"$program" key show > key
"$program" prove --decision user:ernst write case:p-3 --out decision.json
"$program" prove 40 --out event.json
"$program" backup backup
# Saves views, and brings the log into tables.
"$program" rebuild
"$program" restrict case:p-3 user:ernst=read --actor user:abel --reason "sealed by the court"
"$program" --org harbour-2 update case:b-1 user:lea write --actor user:kai
# The same store with one more command, its program killed once that was answered.
cp -a data killed
mkfifo commands
CASEWARD_DATA=killed "$program" --output jsonl apply - <commands >answers & pid=$!
exec 3>commands
echo '{"id": "h-9", "actor": "user:abel", "reason": "a last word", "command": {"open_case": {"case": "p-4", "definition": "permit", "creator": "abel"}}}' >&3
until grep -q h-9 answers; do sleep 0.05; done
kill -9 "$pid"
exec 3>&-
pack() { tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner -c "$@" | gzip -9n; }
pack data backup heads key decision.json event.json >"$here/closed.tar.gz"
mv killed data.killed && rm -rf data && mv data.killed data
pack data >"$here/killed.tar.gz"
