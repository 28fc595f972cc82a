//! Whether a text can be the code of an AWS region. Comes in: a text of audit.toml. Goes out: what is wrong with it. AWS
//! opens regions, so a code that is made like the others is taken, known here or not.

use crate::error::place::nearest;

/// The words for where in its area a region lies; every code has one before its number.
const WHERE: [&str; 9] =
    ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];

/// Codes to suggest: the regions of the partitions aws, aws-us-gov and aws-cn
/// (docs.aws.amazon.com, AWS regions and endpoints of DynamoDB).
const KNOWN: [&str; 38] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// What to do about a text that is no code of a region; `None` for one that is or may be.
pub(super) fn mend(region: &str) -> Option<String> {
    let parts: Vec<&str> = region.split('-').collect();
    let made_like_one = match parts.as_slice() {
        [area, between @ .., place, number] => {
            let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
            word(area)
                && between.iter().all(word)
                && WHERE.contains(place)
                && (1..=2).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    };
    if made_like_one {
        return None;
    }
    Some(match nearest(region, KNOWN) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "write codes such as eu-west-1".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_taken_also_new_ones_and_misspelt_ones_get_the_nearest() {
        for region in KNOWN.iter().chain(&["us-isob-east-1", "eu-isoe-west-1", "nz-south-1", "eu-west-12"]) {
            assert_eq!(mend(region), None, "{region}");
        }
        for (slip, near) in [
            ("eu-wst-1", "did you mean `eu-west-1`?"),
            ("us-east-1a", "did you mean `us-east-1`?"),
            ("us_east_1", "did you mean `us-east-1`?"),
            ("US-EAST-1", "write codes such as eu-west-1"),
            ("Ireland", "write codes such as eu-west-1"),
            ("", "write codes such as eu-west-1"),
        ] {
            assert_eq!(mend(slip).as_deref(), Some(near), "{slip}");
        }
    }
}
