#include <ostream>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/house.h"
#include "ledger/data_lock.h"
#include "ledger/rotate_keys.h"

namespace rowcall::cli {

namespace {

struct KeysOptions {
  std::string data;
};

/// Before the lock, which would leave a file of its own in a folder that is none of ours.
Result<void> CheckIsDataFolder(const std::string& folder) {
  const auto keyring = ledger::Keyring::Read(KeyFileIn(folder));
  if (keyring || keyring.error().kind != ErrorKind::not_found) return {};
  return Fail(ErrorKind::not_found, keyring.error().message, "Name the folder that the server works in: --data DIR");
}

Result<ExitCode> RunRotate(const KeysOptions& options, Surroundings& surroundings) {
  RETURN_IF_ERROR(CheckIsDataFolder(options.data));
  ASSIGN_OR_RETURN(const ledger::DataLock lock, ledger::DataLock::Take(options.data));
  surroundings.err << "Sealing every stored secret with a new key. It may be broken off: the next run goes on."
                   << std::endl;
  const SystemClock clock;
  ASSIGN_OR_RETURN(const ledger::Rotation rotation,
                   ledger::RotateKeys(KeyFileIn(options.data), CatalogueFileIn(options.data), clock));
  surroundings.out << (rotation.resumed ? "Ended a rotation that was broken off: sealed " : "Sealed ")
                   << rotation.sealed << " stored secrets with the new key; the old key is gone.\n";
  return ExitCode::fine;
}

}  // namespace

void AddKeys(CLI::App& root, Program& program) {
  auto options = std::make_shared<KeysOptions>();  // owners: the command, the run
  CLI::App* keys = root.add_subcommand("keys", "The key that a server's stored secrets are sealed with");
  keys->require_subcommand(1);
  keys->footer(Examples({"rowcall keys rotate --data ./data"}));
  CLI::App* rotate =
      keys->add_subcommand("rotate", "Make a new key, seal all stored secrets with it, drop the old one");
  rotate->add_option("--data", options->data, "The server's folder")->type_name("DIR")->required();
  rotate->footer(Examples({"rowcall keys rotate --data ./data"}) +
                 "\n\nThe server must not run; run this as the user that it runs as. A backup from before opens with\n"
                 "the key file (DIR/keys) of that backup alone, so keep the two together.");
  RunWith(*rotate, program, options, RunRotate);
}

}  // namespace rowcall::cli
