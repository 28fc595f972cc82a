//! The organisation's own papers for a generated log. Comes in: plan and cast. Goes out: the texts of
//! audit.toml and roster.csv. It never looks at records.

use super::Plan;
use super::calendar::{DAY, FROM, Moment};
use super::cast::{Cast, HOME_REGION};

/// audit.toml: three accounts, six tables, eight workloads, one source named `logs`.
pub fn audit_toml(plan: &Plan, cast: &Cast) -> String {
    let [cards, merchants, identity] = plan.accounts;
    let (from, to) = (Moment::new(FROM).date(), Moment::new(FROM + i64::from(plan.days) * DAY).date());
    let mut text = format!(
        "# Facts for generated logs, seed {}. Every name, number and key is invented.\n\n\
         [audit]\nentity = \"Generated Payments\"\nsystem = \"Card platform\"\nname = \"generated\"\n\
         prepared_by = \"test generator\"\npacks = [\"pci-dss-4.0.1\"]\n\n\
         [period]\nfrom = \"{from}\"\nto = \"{to}\"\n\n[[source]]\npath = \"logs\"\n",
        plan.seed
    );
    let accounts = [
        (cards, "cards", format!("\"eu-west-1\", \"{HOME_REGION}\"")),
        (merchants, "merchants", format!("\"{HOME_REGION}\"")),
        (identity, "identity", format!("\"{HOME_REGION}\"")),
    ];
    for (id, name, regions) in accounts {
        text.push_str(&format!("\n[[account]]\nid = \"{id}\"\nname = \"{name}\"\nregions = [{regions}]\n"));
    }
    for table in &cast.tables {
        let (account, region, name, data) = (table.account, table.region, table.name, table.data.as_str());
        text.push_str(&format!(
            "\n[[table]]\naccount = \"{account}\"\nregion = \"{region}\"\nname = \"{name}\"\ndata = \
             \"{data}\"\n"
        ));
    }
    for workload in &cast.workloads {
        let (name, owner, principal) = (workload.name, workload.owner, &workload.principal);
        text.push_str(&format!(
            "\n[[workload]]\nname = \"{name}\"\nowner = \"{owner}\"\nprincipals = [\"{principal}\"]\n"
        ));
    }
    text.push_str(
        "\n[principals]\nprivileged = [\"arn:aws:iam::*:role/team/*\"]\nbreak_glass = []\nshared = []\n\
         log_readers = []\nlog_admins = []\n\n[records]\nroster = \"roster.csv\"\n",
    );
    text
}

/// roster.csv: one row a person, in the order of their ids.
pub fn roster_csv(cast: &Cast) -> String {
    let mut text = String::from("id,name,mail,department,manager,joined,left,identities\n");
    for person in &cast.people {
        let identities = person.identities.join(";");
        text.push_str(&format!(
            "{},{},{},{},{},{},,{identities}\n",
            person.id, person.name, person.mail, person.department, person.manager, person.joined
        ));
    }
    text
}
