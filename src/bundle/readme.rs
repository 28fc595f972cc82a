//! README.txt of a bundle: what it is and how to check it with ordinary tools. A test runs its shell commands.

use super::model::Head;

/// The text.
pub fn text(head: &Head, example_test: &str, example_object_test: &str) -> String {
    format!(
        "\
TRAILWITNESS EVIDENCE BUNDLE
{id}

{entity} - {system}
Window {from} to {to}, as of {as_of}
Redaction {redaction}
Content digest {digest}
Contact {contact}

WHAT TO OPEN FIRST
  human/00-overview.pdf or human/index.html: summary, limits, completeness. Then the other documents beside them.
  data/ holds every figure as CSV; data/columns.json explains every column. rules/ holds the rules that ran, inputs/ the
  parameters and the scope they ran with. rules/PACK/pack.lock lists the files of a pack with their hashes; what it lists
  below uses/OTHER/ stands in rules/OTHER/ where that pack ran too.

HOW TO CHECK IT WITHOUT THE PRODUCT
  Run these in this folder, in bash (macOS: shasum -a 256 for sha256sum; Windows: Get-FileHash for the first one).

  1. Every file matches the list (the list itself is unsigned):
     sha256sum -c SHA256SUMS

  2. The content digest: whole in manifest.json and on the cover, shortened at the foot of every page:
     find data rules inputs -type f | LC_ALL=C sort | xargs sha256sum | sha256sum

  3. The population digest of a test over accesses, as in data/tests.csv (here {test}):
     awk -F, -v t='{test}' 'NR==FNR{{if($1==t)g[$2];next}}($2 in g){{print $1}}' data/answers.csv <(gzip -dc data/accesses*.csv.gz) | LC_ALL=C sort -u | sha256sum

  4. Every access that a test found to be an exception or could not decide, not only the first ones cited:
     awk -F, -v t='{test}' 'NR==FNR{{if($1==t&&$3!=\"conforming\")a[$2]=$3\" \"$4;next}}($2 in a){{print $1\",\"a[$2]}}' data/answers.csv <(gzip -dc data/accesses*.csv.gz) | LC_ALL=C sort

  5. The population digest of a test over objects, which data/findings.csv lists (here {object_test}):
     python3 -c \"import csv,hashlib,sys; print(hashlib.sha256(''.join(sorted(row['object']+' '+row['name']+chr(10) for row in csv.DictReader(open('data/findings.csv',encoding='utf-8')) if row['test']==sys.argv[1])).encode()).hexdigest())\" '{object_test}'

  6. The record behind a citation F-000012#7: row F-000012 of data/files.csv names the log file and the SHA-256 of its
     content; in the folder of the logs:
     gzip -dc LOGFILE | sha256sum
     gzip -dc LOGFILE | jq '.Records[7]'

     One action can stand in the logs of several accounts, with another event reference in each. It is counted once;
     column copies of data/accesses.csv.gz names the other records and where they stand, caller_ref the one of them that
     names the caller. Records that only claim to be the same action are counted each and named in data/gaps.csv.

  With the product: trailwitness verify FOLDER, and for one record trailwitness verify FOLDER --event F-000012#7

THIS BUNDLE REPORTS, PEOPLE CONCLUDE
  It says what the records show for a stated population. It does not say that anybody is compliant. It holds personal
  data of employees; handle it as such. It is unsigned unless attestation/ holds a signature.
",
        id = head.bundle_id,
        entity = head.entity,
        system = head.system,
        from = head.window_from,
        to = head.window_to,
        as_of = head.as_of,
        redaction = head.redaction,
        digest = head.content_digest,
        contact = head.contact,
        test = example_test,
        object_test = example_object_test,
    )
}
