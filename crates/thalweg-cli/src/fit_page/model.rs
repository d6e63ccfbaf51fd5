//! Sections of the page on the metrics and the coefficients.

use super::data::listed;
use super::{FitPage, charts, diagnostics, half_width, judged_rows};
use crate::picture::html_page::HtmlPage;
use crate::report::confusion;
use crate::report::escape::display_name;
use crate::report::fit_report::{self, coefficient_name, coefficient_unit};
use crate::report::format::format_signed;
use crate::report::text_table::TextTable;
use thalweg_plot::Figure;

/// Most coefficients that the table lists.
const MAX_COEFFICIENTS: usize = 1000;

impl FitPage<'_> {
    pub(super) fn add_metrics(&self, page: &mut HtmlPage) {
        let fit = &self.report.fit;
        page.heading("Metrics");
        page.table(&fit_report::metrics(fit));
        page.text("The baseline is the best constant prediction, such as the mean of the training rows.");
        let metrics = fit.validation.as_ref().unwrap_or(&fit.train);
        if let Some((title, table)) = confusion::table(metrics, fit.labels.as_deref(), judged_rows(fit)) {
            page.text(&format!("{title}:"));
            page.table(&table);
        }
        if let Some(validation) = &fit.cross_validation {
            page.text(&format!("Cross-validation of the whole fit on {} folds:", validation.folds.len()));
            page.table(&fit_report::cross_validation_table(validation, fit.loss));
            if let Some(mean) = fit_report::mean_of_folds(validation, fit.loss) {
                page.text(&format!("Folds: {mean}."));
            }
        }
        if let Some(of_rows) = &fit.diagnostics {
            let charts = diagnostics::charts(of_rows, &display_name(&fit.target));
            page.figure_row(&charts.into_iter().map(half_width).collect::<Vec<_>>());
        }
    }

    pub(super) fn add_coefficients(&self, page: &mut HtmlPage) {
        let fit = &self.report.fit;
        if fit.coefficients.is_empty() {
            return;
        }
        page.heading("Coefficients");
        let unit = coefficient_unit(&fit.target, fit.model);
        page.figure(&Figure::new(charts::coefficients(fit, &unit)));
        let mut table = TextTable::new(&["coefficient", "value"]);
        let shown = fit.coefficients.iter().take(MAX_COEFFICIENTS);
        table.rows =
            shown.map(|one| vec![coefficient_name(&one.name, one.class.as_ref()), format_signed(one.weight)]).collect();
        let title = listed("Coefficients by absolute value", fit.coefficients.len(), table.rows.len());
        page.details(&title, &table);
        let mut intercepts = TextTable::new(&["class", "intercept"]);
        let of_classes = fit.labels.iter().flatten().zip(&fit.intercepts);
        intercepts.rows = of_classes.map(|(label, &value)| vec![label.clone(), format_signed(value)]).collect();
        if intercepts.rows.is_empty() {
            page.text(&format!("Intercept: {}", format_signed(fit.intercept)));
        } else {
            page.details(&listed("Intercepts", intercepts.rows.len(), intercepts.rows.len()), &intercepts);
        }
    }
}
