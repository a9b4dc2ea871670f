// The globals of TorchScript, by the names that torch 2.15.0 and 1.13.1 write.
#include "policy/torchscript.h"

#include <string>

#include "policy/globals.h"
#include "tests/catch.h"

namespace weightsonly::policy {
namespace {

TEST_CASE("classes of the module __torch__ and below it are inert") {
  CHECK(LookUpScript("__torch__", "Net").kind == ScriptGlobal::kInert);
  CHECK(LookUpScript("__torch__.torch.nn.modules.container", "Sequential").kind == ScriptGlobal::kInert);
  CHECK(LookUpScript("__torch__", "").kind == ScriptGlobal::kInert);
  CHECK(LookUpScript("__torch___", "Net").kind == ScriptGlobal::kOther);
  CHECK(LookUpScript("x.__torch__", "Net").kind == ScriptGlobal::kOther);
}

// Every untyped dtype, by the name of the storage class that torch 2.15.0 wrote for it.
TEST_CASE("each dtype without a storage class in Python has one in TorchScript") {
  const std::pair<const char*, Dtype> rows[] = {{"BComplex32", Dtype::kBComplex32},
                                                {"ComplexHalf", Dtype::kComplex32},
                                                {"Bits8", Dtype::kBits8},
                                                {"Bits16", Dtype::kBits16},
                                                {"Bits1x8", Dtype::kBits1x8},
                                                {"Bits2x4", Dtype::kBits2x4},
                                                {"Bits4x2", Dtype::kBits4x2},
                                                {"Float4_e2m1fn_x2", Dtype::kFloat4E2M1FnX2},
                                                {"Float8_e5m2", Dtype::kFloat8E5M2},
                                                {"Float8_e5m2fnuz", Dtype::kFloat8E5M2Fnuz},
                                                {"Float8_e4m3fn", Dtype::kFloat8E4M3Fn},
                                                {"Float8_e4m3fnuz", Dtype::kFloat8E4M3Fnuz},
                                                {"Float8_e8m0fnu", Dtype::kFloat8E8M0Fnu},
                                                {"UInt16", Dtype::kUInt16},
                                                {"UInt32", Dtype::kUInt32},
                                                {"UInt64", Dtype::kUInt64},
                                                {"UInt1", Dtype::kUInt1},
                                                {"UInt7", Dtype::kUInt7},
                                                {"Int1", Dtype::kInt1},
                                                {"Int7", Dtype::kInt7}};
  for (const auto& [name, dtype] : rows) {
    INFO(name);
    const ScriptAnswer answer = LookUpScript("torch", std::string(name) + "Storage");
    CHECK(answer.kind == ScriptGlobal::kStorage);
    CHECK(answer.dtype == dtype);
    CHECK(ScriptStorageDtype("torch." + std::string(name) + "Storage") == dtype);
  }
}

TEST_CASE("storage classes that Python has, and names like them, are left to the allowlist") {
  for (const char* name : {"FloatStorage", "HalfStorage", "UInt16", "Storage", "QInt8Storage", "UInt8Storage"}) {
    INFO(name);
    CHECK(LookUpScript("torch", name).kind == ScriptGlobal::kOther);
  }
  CHECK(LookUpScript("torch.x", "UInt16Storage").kind == ScriptGlobal::kOther);
  CHECK_FALSE(ScriptStorageDtype("__torch__.UInt16Storage").has_value());
}

TEST_CASE("no name of TorchScript is one of the default allowlist, but for the sparse rebuild function") {
  for (const Global& global : DefaultAllowlist()) {
    const std::size_t dot = global.path.rfind('.');
    const ScriptAnswer answer = LookUpScript(global.path.substr(0, dot), global.path.substr(dot + 1));
    INFO(global.path);
    CHECK((answer.kind != ScriptGlobal::kOther) == (global.path == "torch._utils._rebuild_sparse_tensor"));
  }
}

}  // namespace
}  // namespace weightsonly::policy
