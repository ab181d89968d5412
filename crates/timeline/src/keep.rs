//! Which symbols a fact uses: what is kept of them while a sweep lasts.

use crate::{CallFact, ComplaintFact, Symbols};

impl Symbols {
    /// Keeps the texts of a call.
    pub fn keep_call(&mut self, call: &CallFact) {
        self.keep_number(call.called_number);
        self.keep_details(call.details);
    }

    /// Keeps the texts of a complaint.
    pub fn keep_complaint(&mut self, complaint: &ComplaintFact) {
        if let Some(complainant) = complaint.complainant {
            self.keep_number(complainant);
        }
        self.keep_text(complaint.category);
        self.keep_text(complaint.channel);
    }
}
