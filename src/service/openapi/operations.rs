//! What each path takes and answers: a table by hand, one entry for each of [`served`](super::super::served).
//!
//! Absent on purpose: what follows from the table of routes (parts, who is refused with what), which [`super::document`] adds.

/// One method of one path.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// By their names in `parameters.json`; those in the path are not listed.
    pub(super) parameters: &'static [&'static str],
    pub(super) body: Option<Sent>,
    /// By their names in `headers.json`: what an answer of this path says beside its body, beyond what all do.
    pub(super) headers: &'static [&'static str],
    /// What is answered, beside problems.
    pub(super) answers: Vec<Answer>,
    /// Problems that this path alone has.
    pub(super) problems: &'static [u16],
}

/// What is sent: the schema of a JSON body, and of a line where lines may be sent.
pub(super) struct Sent {
    pub(super) schemas: &'static [&'static str],
    pub(super) line: Option<&'static str>,
    pub(super) is_required: bool,
}

/// An answer: its status, its kind, and its schema where it is JSON.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) schema: Option<&'static str>,
}

pub(super) const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";
const STREAM: &str = "text/event-stream";
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Operation {
    fn new(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
        Operation {
            method,
            path,
            summary,
            parameters: &[],
            body: None,
            headers: &[],
            answers: Vec::new(),
            problems: &[],
        }
    }

    fn takes(self, parameters: &'static [&'static str]) -> Operation {
        Operation { parameters, ..self }
    }

    fn sent(self, schemas: &'static [&'static str]) -> Operation {
        Operation { body: Some(Sent { schemas, line: None, is_required: true }), ..self }
    }

    fn may_be_sent(self, schemas: &'static [&'static str]) -> Operation {
        Operation { body: Some(Sent { schemas, line: None, is_required: false }), ..self }
    }

    fn lines(mut self, line: &'static str) -> Operation {
        self.body = self.body.map(|sent| Sent { line: Some(line), ..sent });
        self
    }

    fn answers(self, schema: &'static str) -> Operation {
        self.also(200, JSON, Some(schema))
    }

    fn also(mut self, status: u16, kind: &'static str, schema: Option<&'static str>) -> Operation {
        self.answers.push(Answer { status, kind, schema });
        self
    }

    fn tells(self, headers: &'static [&'static str]) -> Operation {
        Operation { headers, ..self }
    }

    fn refuses(self, problems: &'static [u16]) -> Operation {
        Operation { problems, ..self }
    }
}

fn get(path: &'static str, summary: &'static str) -> Operation {
    Operation::new("GET", path, summary)
}

fn post(path: &'static str, summary: &'static str) -> Operation {
    Operation::new("POST", path, summary)
}

fn delete(path: &'static str, summary: &'static str) -> Operation {
    Operation::new("DELETE", path, summary)
}

/// Where an answer to a question about a settled moment stays as it is, a client that has it is told so.
pub(super) const UNCHANGED: u16 = 304;

/// All of them.
pub(super) fn all() -> Vec<Operation> {
    [about_itself(), decisions(), lists(), given_and_adopted(), feeds_and_proofs(), operators(), callers(), authzen()]
        .into_iter()
        .flatten()
        .collect()
}

fn about_itself() -> Vec<Operation> {
    vec![
        get("/healthz", "Whether the process is there").also(200, TEXT, None),
        get("/readyz", "Whether the store serves, and whether it takes commands").answers("Ready").also(
            503,
            JSON,
            Some("Ready"),
        ),
        get("/problems", "What each code of a problem means, and what to do").also(
            200,
            "text/markdown; charset=utf-8",
            None,
        ),
        get("/openapi.json", "This description").also(200, JSON, None).also(UNCHANGED, "", None),
        get("/openapi", "This description, to read").also(200, HTML, None),
        get("/metrics", "What an operator watches, as OpenMetrics").also(
            200,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            None,
        ),
    ]
}

fn decisions() -> Vec<Operation> {
    vec![
        post("/v1/orgs/{org}/check", "May this subject do this to this resource, and why")
            .takes(&["as_of", "at", "at_least"])
            .sent(&["Question"])
            .answers("Decision")
            .also(UNCHANGED, "", None)
            .tells(&["decision"])
            .refuses(&[422]),
        post("/v1/orgs/{org}/checks", "Many questions at one position; or lines of them, each answered where it says")
            .takes(&["as_of", "at", "at_least"])
            .sent(&["Questions"])
            .lines("Question")
            .answers("Answers")
            .also(200, LINES, Some("CheckAnswer"))
            .also(200, LINES, Some("LastLine"))
            .tells(&["decision"])
            .refuses(&[422]),
        post("/v1/orgs/{org}/commands", "One command, a batch, or lines of them")
            .takes(&["idempotency_key"])
            .sent(&["Submission", "Commands"])
            .lines("Submission")
            .also(200, JSON, Some("Accepted"))
            .also(200, JSON, Some("CommandAnswers"))
            .also(200, LINES, Some("CommandAnswer"))
            .also(200, LINES, Some("LastLine"))
            .tells(&["command"])
            .refuses(&[409, 422]),
        get("/v1/orgs/{org}/rights", "All that a subject may do to a resource")
            .takes(&["subject", "resource", "as_of", "at", "at_least", "purpose"])
            .answers("RightsAnswer")
            .also(UNCHANGED, "", None)
            .tells(&["at"]),
        get("/v1/orgs/{org}/explain", "A decision with every event that it rests on")
            .takes(&["subject", "action", "resource", "as_of", "at", "at_least", "purpose"])
            .answers("ExplainAnswer")
            .also(UNCHANGED, "", None),
    ]
}

fn lists() -> Vec<Operation> {
    vec![
        kept(
            get(
                "/v1/orgs/{org}/who",
                "Everybody who may do something; with `from` and `to`, who could at any time between",
            )
            .takes(&["action", "resource", "from", "to", "as_of", "at", "at_least", "limit", "after_page", "purpose"])
            .answers("WhoAnswer")
            .also(200, JSON, Some("WhoBetweenAnswer"))
            .tells(&["at", "total"]),
        ),
        kept(
            get("/v1/orgs/{org}/what", "The resources on which a subject may do something")
                .takes(&[
                    "subject",
                    "action",
                    "definition",
                    "as_of",
                    "at",
                    "at_least",
                    "limit",
                    "after_page",
                    "purpose",
                ])
                .answers("WhatAnswer")
                .tells(&["at"]),
        ),
        kept(
            get(
                "/v1/orgs/{org}/access",
                "When a subject could do something to a resource, through what, opened and closed by what",
            )
            .takes(&[
                "subject",
                "action",
                "resource",
                "as_of",
                "from",
                "to",
                "at_least",
                "limit",
                "after_page",
                "purpose",
            ])
            .answers("AccessAnswer")
            .tells(&["total"]),
        ),
        kept(
            get("/v1/orgs/{org}/timeline", "Who could do what to a resource, and when")
                .takes(&["resource", "as_of", "from", "to", "at_least", "limit", "after_page", "purpose"])
                .answers("TimelineAnswer"),
        ),
        kept(
            get("/v1/orgs/{org}/diff", "What access changed between two moments, and by which events")
                .takes(&["of", "from_needed", "to", "at_least", "limit", "after_page", "purpose"])
                .answers("DiffAnswer"),
        ),
        kept(
            get("/v1/orgs/{org}/history", "The events that name something")
                .takes(&["of", "query", "as_of", "at_least", "limit", "after_page", "purpose"])
                .answers("HistoryAnswer"),
        ),
        post("/v1/orgs/{org}/names", "What names are called, whether an event bears them, and which was perhaps meant")
            .takes(&["as_of", "at", "at_least", "purpose"])
            .sent(&["NamesAsked"])
            .answers("NamesAnswer")
            .also(UNCHANGED, "", None),
    ]
}

/// One whose answer stays as it is where it is about a settled moment.
fn kept(operation: Operation) -> Operation {
    operation.also(UNCHANGED, "", None).refuses(&[409, 422])
}

fn given_and_adopted() -> Vec<Operation> {
    vec![
        kept(
            get("/v1/orgs/{org}/stranded", "Open cases with people who have a part in them and may not read them")
                .takes(&["definition", "as_of", "at", "at_least", "limit", "after_page", "purpose"])
                .answers("StrandedAnswer")
                .tells(&["at"]),
        ),
        kept(
            get("/v1/orgs/{org}/matrix", "The permission matrix, by profile or by definition")
                .takes(&["of_matrix", "as_of", "at", "at_least", "purpose"])
                .answers("MatrixAnswer")
                .tells(&["at"]),
        ),
        kept(
            get(
                "/v1/orgs/{org}/report",
                "Who held what on a resource, or what a user held, with every change and its cause, as one document",
            )
            .takes(&["of", "as_of", "from", "to", "at_least", "limit_of_report", "purpose"])
            .also(200, HTML, None)
            .tells(&["position", "settled"]),
        ),
        get("/v1/orgs/{org}/policy", "Every key of the policy, with the event that last set it")
            .takes(&["as_of", "at_least", "purpose"])
            .answers("PolicyAnswer")
            .also(UNCHANGED, "", None),
        get("/v1/orgs/{org}/vocabulary", "What the words of callers stand for, and since which event")
            .takes(&["as_of", "at_least", "purpose"])
            .answers("VocabularyAnswer")
            .also(UNCHANGED, "", None),
    ]
}

fn feeds_and_proofs() -> Vec<Operation> {
    vec![
        get("/v1/orgs/{org}/events", "The feed: every commit as it is recorded, as server-sent events")
            .takes(&["after_position", "follow", "last_event_id", "purpose"])
            .also(200, STREAM, None),
        get("/v1/orgs/{org}/changes", "The feed of effective access: who gained and lost what, as it happens")
            .takes(&[
                "after_change",
                "follow",
                "last_event_id",
                "only_subject",
                "only_resource",
                "only_action",
                "purpose",
            ])
            .also(200, STREAM, None),
        get("/v1/orgs/{org}/tree-head", "The newest signed tree head")
            .takes(&["purpose"])
            .also(200, TEXT, None)
            .refuses(&[409]),
        get("/v1/orgs/{org}/proofs/{position}", "A proof that an event is in the log")
            .takes(&["purpose"])
            .answers("Proof")
            .refuses(&[409]),
        get("/v1/orgs/{org}/proofs/decision", "A proof of a decision")
            .takes(&["subject", "action", "resource", "as_of", "at", "purpose"])
            .answers("Proof")
            .refuses(&[409]),
        get("/v1/orgs/{org}/proofs/consistency", "A proof that a tree head continues an older one")
            .takes(&["from_head", "purpose"])
            .answers("Proof")
            .refuses(&[409]),
    ]
}

fn operators() -> Vec<Operation> {
    vec![
        get("/v1/orgs", "The organizations of the caller, with their state").answers("Organizations"),
        post("/v1/orgs", "Creates an organization").sent(&["NewOrganization"]).answers("Accepted").refuses(&[409, 422]),
        get("/v1/orgs/{org}/status", "How far it has come, how much there is, what is saved").answers("Status"),
        post(
            "/v1/verbs",
            "Runs a verb of the command line: the owner of the store over its socket alone, in frames of its own form",
        )
        .also(200, "application/octet-stream", None)
        .refuses(&[404, 409, 415]),
        get("/v1/orgs/{org}/rebuilds", "The last rebuilds").answers("Runs"),
        post("/v1/orgs/{org}/rebuilds", "Starts a rebuild beside the views that serve")
            .may_be_sent(&["NewRebuild"])
            .tells(&["location"])
            .also(202, JSON, Some("RunAnswer"))
            .refuses(&[409]),
        delete("/v1/orgs/{org}/rebuilds", "Discards what a stopped rebuild kept").answers("Gone").refuses(&[409]),
        get("/v1/orgs/{org}/rebuilds/{run}", "How far a rebuild is, or what it came to")
            .answers("RunAnswer")
            .also(200, STREAM, None),
        delete("/v1/orgs/{org}/rebuilds/{run}", "Cancels a rebuild")
            .answers("RunAnswer")
            .also(202, JSON, Some("RunAnswer"))
            .refuses(&[409]),
        post("/v1/orgs/{org}/rebuilds/{run}/{step}", "Pauses, resumes or stops a rebuild")
            .answers("RunAnswer")
            .also(202, JSON, Some("RunAnswer"))
            .refuses(&[409]),
        delete("/v1/orgs/{org}/generations", "Drops the views that were served before").answers("Gone").refuses(&[409]),
        get("/v1/backups", "The last backups, and what lies in their directory").answers("Runs").refuses(&[409]),
        post("/v1/backups", "Starts a backup")
            .may_be_sent(&["NewBackup"])
            .tells(&["location"])
            .also(202, JSON, Some("RunAnswer"))
            .refuses(&[409]),
        get("/v1/backups/{run}", "How far a backup is, or what it came to")
            .answers("RunAnswer")
            .also(200, STREAM, None)
            .refuses(&[404]),
        delete("/v1/backups/{run}", "Cancels a backup")
            .answers("RunAnswer")
            .also(202, JSON, Some("RunAnswer"))
            .refuses(&[404, 409]),
        get("/v1/verification", "The last verifications").answers("Runs").refuses(&[409]),
        post("/v1/verification", "Starts a verification of the whole store")
            .tells(&["location"])
            .also(202, JSON, Some("RunAnswer"))
            .refuses(&[409]),
        get("/v1/verification/{run}", "How far a verification is, or what it came to")
            .answers("RunAnswer")
            .also(200, STREAM, None)
            .refuses(&[404]),
        delete("/v1/verification/{run}", "Cancels a verification")
            .answers("RunAnswer")
            .also(202, JSON, Some("RunAnswer"))
            .refuses(&[404, 409]),
    ]
}

fn callers() -> Vec<Operation> {
    vec![
        get("/v1/tokens", "The tokens that the caller may know of").answers("Tokens"),
        post("/v1/tokens", "Issues a token; its secret is in this answer alone")
            .sent(&["NewToken"])
            .answers("IssuedToken")
            .refuses(&[409, 422]),
        delete("/v1/tokens/{token}", "Withdraws a token")
            .takes(&["actor"])
            .answers("Accepted")
            .refuses(&[404, 409, 422]),
        get("/v1/orgs/{org}/reads", "Who asked about whom, when and why")
            .takes(&["about", "since", "until", "after_entry", "limit"])
            .answers("Reads"),
    ]
}

fn authzen() -> Vec<Operation> {
    let mut all = Vec::new();
    for below in [false, true] {
        let at = |path: &'static str, own: &'static str| if below { own } else { path };
        let asks = |path, summary, schema, answer| {
            post(path, summary).takes(&["request_id"]).sent(schema).answers(answer).refuses(&[404, 415])
        };
        all.extend([
            asks(
                at("/access/v1/evaluation", "/v1/orgs/{org}/access/v1/evaluation"),
                "AuthZEN: may this subject do this to this resource",
                &["AuthzenEvaluation"],
                "AuthzenDecision",
            ),
            asks(
                at("/access/v1/evaluations", "/v1/orgs/{org}/access/v1/evaluations"),
                "AuthZEN: many questions, up to the one that ends it",
                &["AuthzenEvaluations"],
                "AuthzenDecisions",
            ),
            asks(
                at("/access/v1/search/subject", "/v1/orgs/{org}/access/v1/search/subject"),
                "AuthZEN: who may do this to this resource",
                &["AuthzenSearch"],
                "AuthzenFound",
            ),
            asks(
                at("/access/v1/search/resource", "/v1/orgs/{org}/access/v1/search/resource"),
                "AuthZEN: to which resources this subject may do this",
                &["AuthzenSearch"],
                "AuthzenFound",
            ),
            asks(
                at("/access/v1/search/action", "/v1/orgs/{org}/access/v1/search/action"),
                "AuthZEN: what this subject may do to this resource",
                &["AuthzenSearch"],
                "AuthzenFound",
            ),
        ]);
    }
    let told = |path, summary| get(path, summary).answers("AuthzenMetadata").refuses(&[404]);
    all.push(told("/.well-known/authzen-configuration", "AuthZEN: where the endpoints are"));
    all.push(told("/.well-known/authzen-configuration/orgs/{org}", "AuthZEN: where those of one organization are"));
    all
}
