//! The packs that are part of the program: their files as text. A test compares this table with the folder `rules`.

macro_rules! pack {
    ($id:literal: $($control:literal)*) => {
        (
            $id,
            &[
                ("pack.toml", include_str!(concat!("../../../rules/", $id, "/pack.toml"))),
                ("settings.toml", include_str!(concat!("../../../rules/", $id, "/settings.toml"))),
                $(
                    (
                        concat!($control, "/control.toml"),
                        include_str!(concat!("../../../rules/", $id, "/", $control, "/control.toml")),
                    ),
                    (
                        concat!($control, "/control.rhai"),
                        include_str!(concat!("../../../rules/", $id, "/", $control, "/control.rhai")),
                    ),
                )*
            ],
        )
    };
}

/// Path inside a pack and text.
pub(super) type ShippedFile = (&'static str, &'static str);

/// Id and files of every shipped pack.
pub(super) const PACKS: &[(&str, &[ShippedFile])] = &[pack!("pci-dss-4.0.1":
    "10.2.1" "10.2.1.1" "10.2.1.2" "10.2.1.3" "10.2.1.4" "10.2.1.5" "10.2.1.6" "10.2.1.7" "10.2.2"
)];
