#pragma once

#include "model/instance.h"
#include "model/row.h"

namespace rowcall::dispatch {

/// Takes the instance's secrets out of what a service said: "[secret]" stands where one stood. Reasons are kept, shown
/// and logged, and a service may repeat in them whatever it was sent. A secret of less than 8 bytes is left: it would
/// be found inside ordinary words.
void Redact(const model::Instance& instance, model::Reason& reason);

}  // namespace rowcall::dispatch
