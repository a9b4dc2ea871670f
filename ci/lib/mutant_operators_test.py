"""What the general mutation tool changes in a piece of text, and what it leaves alone."""

import unittest

import mutant_operators


def changes(text, operator=None):
    return [(m.before, m.after) for m in mutant_operators.mutations("reference/base/a.cc", text) if operator in (None, m.operator)]


class Operators(unittest.TestCase):
    def test_comparisons_move_their_boundary_and_turn_around(self):
        self.assertEqual([("<", "<="), ("<", ">=")], changes("bool x = a < b;", "operator"))
        self.assertEqual([("==", "!=")], changes("bool x = a == b;", "operator"))

    def test_templates_references_and_pointers_are_no_operators(self):
        self.assertEqual([], changes("void F(std::vector<int>& a, const char* b, T&& c);", "operator"))

    def test_arithmetic_is_exchanged(self):
        self.assertEqual([("+", "-"), ("*", "/")], changes("x = a + b * c;", "operator"))

    def test_conditions_are_negated(self):
        self.assertEqual([("a && (b)", "!(a && (b))")], changes("if (a && (b)) return;", "condition"))

    def test_conditions_that_declare_are_left_alone(self):
        self.assertEqual([], changes("if (const auto* a = F()) G();", "condition"))
        self.assertEqual([], changes("if (auto a = F(); a) G();", "condition"))

    def test_calls_assignments_and_early_returns_are_deleted(self):
        body = "{ Refuse(kind, \"text\"); state.base = 0; if (a) return; return b; }"
        self.assertEqual([("Refuse(kind, \"text\");", ";"), ("state.base = 0;", ";"), ("return;", ";")], changes(body, "deletion"))

    def test_declarations_are_not_deleted(self):
        body = "{ int a = 1; std::vector<int> b(c); const Node& d = e; Node f; State* g = h; using Sizes = X; }"
        self.assertEqual([], changes(body, "deletion"))

    def test_numbers_move_by_one_in_their_own_notation(self):
        self.assertEqual([("8", "9"), ("8", "7")], changes("F(8);", "constant"))
        self.assertEqual([("0x80U", "0x81U"), ("0x80U", "0x7fU")], changes("F(0x80U);", "constant"))
        self.assertEqual([("0", "1")], changes("F(0);", "constant"))
        self.assertEqual([], changes("F(1.5);", "constant"))

    def test_plain_arguments_are_swapped(self):
        self.assertEqual([("a, b", "b, a")], changes("F(a, b);", "arguments"))
        self.assertEqual([], changes("F(a, a);", "arguments"))
        self.assertEqual([], changes("F(a.b, c);", "arguments"))

    def test_comments_texts_and_preprocessor_lines_are_left_alone(self):
        self.assertEqual([], changes("// a < b\n/* 8 */\n#define X 8 \\\n  9\n"))
        self.assertEqual([], changes("constexpr auto kX = \"a < 8\";"))

    def test_what_stands_behind_a_text_in_a_refusal_is_left_alone(self):
        self.assertEqual([("1", "2"), ("1", "0")], changes("Refuse(kind, 1, \"more than \" + std::to_string(8));", "constant"))

    def test_lines_for_windows_are_left_alone(self):
        text = "#ifdef _WIN32\nF(8);\n#else\nF(1);\n#endif\nF(3);\n"
        self.assertEqual(["1", "1", "3", "3"], [before for before, _ in changes(text, "constant")])

    def test_room_reserved_in_advance_is_left_alone(self):
        self.assertEqual([("a.clear();", ";")], changes("{ a.reserve(n); b->reserve(2 * n); a.clear(); }", "deletion"))
        self.assertEqual([("3", "4"), ("3", "2")], changes("{ const auto node_room = size / 8; F(node_room, 7); G(3); }", "constant"))
        self.assertEqual([("3", "4"), ("3", "2")], changes("{ std::array<char, 32> digits; G(3); }", "constant"))
        self.assertIn(("2", "3"), changes("{ std::array<int, 2> both = {1, 7}; }", "constant"))

    def test_a_break_at_the_end_of_a_switch_does_nothing(self):
        self.assertEqual([("break;", ";")], changes("{ while (a) { switch (b) { case 1: break; default: break; } } }", "deletion"))
        self.assertEqual([("break;", ";")], changes("{ while (a) { if (b) { break; } } }", "deletion"))

    def test_places_are_exact_and_a_change_is_applied_there(self):
        text = "int a;\nbool F() { return a < 8; }\n"
        first = mutant_operators.mutations("reference/base/a.cc", text)[0]
        self.assertEqual("reference/base/a.cc:2:21 operator < -> <=", first.name)
        self.assertEqual("int a;\nbool F() { return a <= 8; }\n", first.apply(text))


if __name__ == "__main__":
    unittest.main()
