"""A tour of the server with fhirpy, through `kilde proxy --persona system-test`, which adds token and proof:
`KILDE_URL=http://127.0.0.1:8080 KILDE_PROXY=http://127.0.0.1:8090 python tour.py`.
clients/javascript/tour.mjs takes the same steps, to `search, page by page` by the same names in the same order."""

import os
import re
import sys
import uuid

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import AuthorizationError, BaseFHIRError, OperationOutcome, ResourceNotFound

OLAV = "11833810555"
NATIONAL_ID = "urn:oid:2.16.578.1.12.4.1.4.1"
SYSTEM = "urn:kilde:tour"
BASE = os.environ.get("KILDE_URL", "http://127.0.0.1:8080").rstrip("/") + "/9901/fhir/r4"
PROXY = os.environ.get("KILDE_PROXY", "http://127.0.0.1:8090").rstrip("/") + "/9901/fhir/r4"

answers = []
steps = []


def connect(url=PROXY, **headers):
    """A client that sends these headers and keeps every answer. What the server writes, links above all, names the
    server itself; `url_aliases` leads it through the proxy."""
    config = {"hooks": {"response": lambda answer, *_, **__: answers.append(answer)}, "timeout": 60}
    return SyncFHIRClient(url, url_aliases=[BASE], requests_config=config, extra_headers=headers)


def if_match(version, **headers):
    return connect(**{"If-Match": f'W/"{version}"'}, **headers)


JSON_PATCH = {"Content-Type": "application/json-patch+json"}
client = connect()
tour = str(uuid.uuid4())


def patient(value, family):
    return client.resource("Patient", identifier=[{"system": SYSTEM, "value": value}], name=[{"family": family}])


def found(value):
    return client.resources("Patient").search(identifier=f"{SYSTEM}|{value}")


def same(got, expected):
    assert got == expected, f"{got!r}, but {expected!r} was expected"


def refused(take, status, rule, kind=BaseFHIRError):
    """The request must be refused, with an OperationOutcome that people and programs can read."""
    try:
        take()
    except kind:
        pass
    else:
        raise AssertionError(f"not refused, but {status} {rule} was expected")
    answer = answers[-1]
    same(answer.status_code, status)
    assert answer.headers["content-type"].startswith("application/fhir+json")
    outcome = answer.json()
    same(outcome["resourceType"], "OperationOutcome")
    issues = [i for i in outcome["issue"] if i["details"]["coding"][0]["code"] == rule]
    assert issues, f"{rule} is not in {outcome}"
    same(issues[0]["severity"], "error")
    assert len(issues[0]["details"]["text"]) > 10
    refused.issue = issues[0]
    return f"{status} {rule}: {issues[0]['details']['text']}"


def step(name):
    return lambda take: steps.append((name, take))


@step("metadata")
def _():
    statement = connect(BASE).execute("metadata", method="get")
    same((statement["resourceType"], statement["fhirVersion"]), ("CapabilityStatement", "4.0.1"))
    of_type = next(r for r in statement["rest"][0]["resource"] if r["type"] == "Patient")
    codes = {i["code"] for i in of_type["interaction"]}
    assert codes >= {"create", "read", "vread", "update", "patch", "delete", "history-instance", "search-type"}, codes
    return f"FHIR {statement['fhirVersion']}, open to all"


@step("without a token")
def _():
    try:
        connect(BASE).resources("Patient").fetch()
    except AuthorizationError:
        assert answers[-1].headers["www-authenticate"].startswith("DPoP")
        return "401"
    raise AssertionError("not refused")


@step("create")
def _():
    global made
    made = patient(tour, "Foss").create()
    same((answers[-1].status_code, answers[-1].headers["etag"]), (201, 'W/"1"'))
    same(answers[-1].headers["location"], f"{BASE}/Patient/{made.id}/_history/1")
    return answers[-1].headers["location"]


@step("read")
def _():
    read = client.reference("Patient", made.id).to_resource()
    same(read.serialize(), made.serialize())
    return f"version {read['meta']['versionId']}"


@step("read of what is not there")
def _():
    missing = client.reference("Patient", str(uuid.uuid4()))
    return refused(missing.to_resource, 404, "not-found", ResourceNotFound)


@step("update with If-Match")
def _():
    read = if_match(1).reference("Patient", made.id).to_resource()
    read["name"] = [{"family": "Bekk"}]
    read.update()
    same((read["meta"]["versionId"], answers[-1].headers["etag"]), ("2", 'W/"2"'))
    return "what was read, changed: version 2"


@step("update with a stale If-Match")
def _():
    stale = if_match(1).resource("Patient", **{**patient(tour, "Elv"), "id": made.id})
    return refused(stale.update, 412, "version-conflict")


@step("vread")
def _():
    versions = [client.execute(f"Patient/{made.id}/_history/{n}", method="get") for n in (1, 2)]
    families = [v["name"][0]["family"] for v in versions]
    same(families, ["Foss", "Bekk"])
    return ", then ".join(families)


@step("JSON Patch")
def _():
    operations = [
        {"op": "test", "path": "/name/0/family", "value": "Bekk"},
        {"op": "add", "path": "/gender", "value": "female"},
    ]
    path = f"Patient/{made.id}"
    patched = if_match(2, **JSON_PATCH).execute(path, method="patch", data=operations)
    same((patched["gender"], patched["meta"]["versionId"]), ("female", "3"))
    other = [{"op": "test", "path": "/gender", "value": "male"}]
    said = refused(lambda: connect(**JSON_PATCH).execute(path, method="patch", data=other), 422, "fhir-patch-test")
    return f"version 3, then {said}"


@step("history")
def _():
    history = client.execute(f"Patient/{made.id}/_history", method="get")
    same(history["type"], "history")
    same([e["resource"]["meta"]["versionId"] for e in history["entry"]], ["3", "2", "1"])
    return ", ".join(e["request"]["method"] for e in history["entry"])


@step("conditional create")
def _():
    once = connect(**{"If-None-Exist": f"identifier={SYSTEM}|{tour}"})
    once.resource("Patient", **patient(tour, "Foss")).create()
    same((answers[-1].status_code, answers[-1].headers["location"]), (200, f"{BASE}/Patient/{made.id}/_history/3"))
    return "the one that is there"


@step("conditional update")
def _():
    value = f"{tour}-conditional"
    first, is_new = found(value).update(patient(value, "Li"))
    second, is_new_too = found(value).update(patient(value, "Vik"))
    same((is_new, is_new_too), (True, False))
    same((second.id, second["meta"]["versionId"]), (first.id, "2"))
    return "201, then 200"


@step("search, page by page")
def _():
    value = f"{tour}-pages"
    ids = [patient(value, f"Nr {n}").create().id for n in range(5)]
    before = len(answers)
    seen = [p.id for p in found(value).limit(2)]
    pages = answers[before:]
    same(sorted(seen), sorted(ids))
    assert all(len(page.json()["entry"]) <= 2 for page in pages)
    same(pages[0].json()["total"], 5)
    return f"{len(seen)} in {len(pages)} pages"


@step("search with a national id")
def _():
    by_id = client.resources("Patient").search(identifier=f"{NATIONAL_ID}|{OLAV}")
    return f"in the address {refused(by_id.fetch, 400, 'no-nin-in-url', OperationOutcome)}"


@step("transaction")
def _():
    value, full_url = f"{tour}-transaction", f"urn:uuid:{uuid.uuid4()}"

    def bundle(text):
        condition = {"resourceType": "Condition", "subject": {"reference": full_url}, "code": {"text": text}}
        entries = [(full_url, patient(value, "Strand").serialize(), "Patient"), (f"urn:uuid:{uuid.uuid4()}", condition, "Condition")]
        entry = [{"fullUrl": f, "resource": r, "request": {"method": "POST", "url": u}} for f, r, u in entries]
        return {"resourceType": "Bundle", "type": "transaction", "entry": entry}

    said = refused(lambda: client.execute("", data=bundle(7)), 400, "fhir-json-kind", OperationOutcome)
    same(found(value).fetch(), [])
    answer = client.execute("", data=bundle("Hoste"))
    same(answer["type"], "transaction-response")
    assert all(e["response"]["status"].startswith("201") for e in answer["entry"])
    addresses = [re.search(r"(\w+/[^/]+)/_history/1$", e["response"]["location"])[1] for e in answer["entry"]]
    condition = client.reference(reference=addresses[1]).to_resource()
    same(condition["subject"]["reference"], addresses[0])
    same(condition["subject"].to_resource()["name"][0]["family"], "Strand")
    same(len(found(value).fetch()), 1)
    return f"all of it; or nothing, {said}"


@step("batch")
def _():
    urls = [f"Patient/{made.id}", f"Patient/{uuid.uuid4()}"]
    entry = [{"request": {"method": "GET", "url": url}} for url in urls]
    answer = client.execute("", data={"resourceType": "Bundle", "type": "batch", "entry": entry})
    codes = [e["response"]["status"][:3] for e in answer["entry"]]
    same((codes, answer["entry"][0]["resource"]["id"]), (["200", "404"], made.id))
    return ", ".join(codes)


@step("$validate")
def _():
    assert patient(tour, "Foss").is_valid()
    wrong = patient(tour, "Foss")
    wrong["gender"] = "ukjent"
    assert not wrong.is_valid()
    errors = [i for i in answers[-1].json()["issue"] if i["severity"] == "error"]
    assert any("Patient.gender" in i["expression"] for i in errors), errors
    return errors[0]["details"]["text"]


@step("a resource that is none")
def _():
    wrong = client.resource("Patient", **{**patient(tour, "Foss"), "birthDate": "1938-13-11", "hobby": "fiske"})
    said = refused(wrong.create, 400, "fhir-element-unknown", OperationOutcome)
    same(refused.issue["expression"], ["Patient.hobby"])
    return said


@step("an unknown search parameter")
def _():
    said = refused(client.resources("Patient").search(hobby="fiske").fetch, 400, "search-parameter-unknown", OperationOutcome)
    lenient = connect(Prefer="handling=lenient").resources("Patient").search(hobby="fiske").limit(1)
    same(lenient.fetch_raw()["type"], "searchset")
    return said


@step("a patch that is none (fhirpy's own, elements to be merged)")
def _():
    return refused(lambda: client.patch("Patient", made.id, gender="male"), 400, "fhir-patch-form", OperationOutcome)


@step("delete")
def _():
    same(if_match(3).delete("Patient", made.id), None)
    same(answers[-1].status_code, 204)
    said = refused(client.reference("Patient", made.id).to_resource, 410, "deleted", ResourceNotFound)
    same(client.execute(f"Patient/{made.id}/_history/3", method="get")["gender"], "female")
    history = client.execute(f"Patient/{made.id}/_history", method="get")
    same(history["entry"][0]["request"]["method"], "DELETE")
    return f"204, then {said}"


for name, take in steps:
    try:
        print(f"  {name}: {take()}", flush=True)
    except BaseException:
        print(f"  {name}: FAILED", file=sys.stderr)
        if answers:
            print(answers[-1].status_code, answers[-1].text, file=sys.stderr)
        raise
