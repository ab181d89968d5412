//! Longest prefix of digits, in as many steps as it has digits.

/// No node, no value.
const NONE: u32 = u32::MAX;

/// Values by prefix.
#[derive(Debug, PartialEq)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
struct Node {
    next: [u32; 10],
    value: u32,
}

const EMPTY: Node = Node { next: [NONE; 10], value: NONE };

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![EMPTY] }
    }
}

impl Trie {
    /// Adds a value; false where the prefix has one already. The prefix consists of ASCII digits.
    pub(super) fn insert(&mut self, prefix: &str, value: usize) -> bool {
        let mut at = 0;
        for digit in prefix.bytes().map(|byte| usize::from(byte.wrapping_sub(b'0')) % 10) {
            if self.nodes[at].next[digit] == NONE {
                self.nodes[at].next[digit] = self.nodes.len() as u32;
                self.nodes.push(EMPTY);
            }
            at = self.nodes[at].next[digit] as usize;
        }
        let free = self.nodes[at].value == NONE;
        if free {
            self.nodes[at].value = value as u32;
        }
        free
    }

    /// The length and value of the longest prefix of these digits (0 to 9 each).
    pub(super) fn longest(&self, digits: &[u8]) -> Option<(usize, usize)> {
        let (mut at, mut found) = (0, None);
        for (length, digit) in digits.iter().enumerate() {
            match self.nodes[at].next[usize::from(*digit) % 10] {
                NONE => break,
                next => at = next as usize,
            }
            if self.nodes[at].value != NONE {
                found = Some((length + 1, self.nodes[at].value as usize));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        let mut trie = Trie::default();
        assert!(trie.insert("1", 0) && trie.insert("1208", 1) && trie.insert("12", 2));
        assert!(!trie.insert("12", 9));
        assert_eq!(trie.longest(&[1, 2, 0, 8, 5]), Some((4, 1)));
        assert_eq!(trie.longest(&[1, 2, 0, 9]), Some((2, 2)));
        assert_eq!(trie.longest(&[1]), Some((1, 0)));
        assert_eq!(trie.longest(&[2]), None);
        assert_eq!(trie.longest(&[]), None);
    }
}
