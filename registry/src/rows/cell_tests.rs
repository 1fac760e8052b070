//! Cells that a spreadsheet left without a value.

use super::super::error::FieldRef;
use super::super::raw::RawValue;
use super::tests::checked;

#[test]
fn a_formula_without_a_value_is_told_in_every_column() {
    for name in ["area", "content", "approved_on", "ref", "replaces"] {
        let errors = checked(&[(name, RawValue::Uncalculated)]).unwrap_err();
        assert_eq!(errors[0].rule.code(), "field.uncalculated", "{name}");
        assert_eq!(errors[0].field, Some(FieldRef::Name(name.into())));
        assert!(
            errors[0]
                .to_string()
                .contains("is a formula without a value; paste values")
        );
        assert!(errors[0].zh().contains("公式"), "{}", errors[0].zh());
    }
}
